"""Pages of honours in the portal, a module for each subject."""
