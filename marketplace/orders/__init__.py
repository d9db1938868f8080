"""Offers and needs: the order book."""
