"""How much one person may ask for, and the queue of turns."""
