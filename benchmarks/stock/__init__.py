"""The same rows in Django's own admin as it comes, to be served beside ours."""
