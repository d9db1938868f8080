"""The smallest change of price, volume or specification that would have matched an order (docs/model.md 7.6)."""
