"""The dialogues that teach Trio's model its manners, and their form as the app's prompts have it."""
