"""What is traded: commodities, their grades, units, specification attributes and conversions of quantity."""
