"""The OpenAPI document and its page, made from the routes when building and served as files."""
