"""困难职工帮扶: households in need, from the first application to the watch after the exit."""
