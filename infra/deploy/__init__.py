"""``sabiscore deploy``: functions on AWS and the Worker on Cloudflare, by one ordered list of steps."""
