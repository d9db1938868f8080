"""Pure rules of deliveries: what is called, shipped, weighed, rejected, excused and certified."""
