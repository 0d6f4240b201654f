"""Settings, profiles, back-ends, privacy: what is chosen before a turn begins."""
