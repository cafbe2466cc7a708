"""What providers would have answered at an instant of the season: bytes in their own shapes."""
