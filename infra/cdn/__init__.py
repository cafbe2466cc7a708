"""A CDN that we can start here: nginx, obeying the headers that the functions send to any CDN."""
