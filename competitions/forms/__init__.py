"""What people type in about competitions."""
