"""What pages of honours show below the facts of a row, the same behind every door."""
