"""What people fill in on the management pages, turned into what actions take."""
