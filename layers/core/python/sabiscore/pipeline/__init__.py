"""What runs by the clock: each job a plain function over what lies on its desk."""
