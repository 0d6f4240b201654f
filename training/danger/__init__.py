"""The model that tells whether somebody is in danger: messages written by hand, and the recipe."""
