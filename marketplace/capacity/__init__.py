"""What organisations can make: lines by site and grade, capacity by month, who may offer from a line."""
