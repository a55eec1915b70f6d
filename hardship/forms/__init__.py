"""What hardship asks for on its pages: in the steps of the road, and around them."""
