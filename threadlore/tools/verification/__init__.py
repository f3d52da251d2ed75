"""What is compared between two collections, apart from how they are read."""
