"""What money asks for on its pages."""
