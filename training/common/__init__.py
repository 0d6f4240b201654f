"""What the recipes share: the loop, losses, schedules, metrics, data and cards."""
