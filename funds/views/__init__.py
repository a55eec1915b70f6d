"""The pages of money in the portal, a module for each subject."""
