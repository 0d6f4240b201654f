"""What every HTTP surface shares: who asks, how much of it, who watches, and by which names."""
