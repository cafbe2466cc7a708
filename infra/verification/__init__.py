"""Whether a deployment is as it should be, from what anybody can read of its public address."""
