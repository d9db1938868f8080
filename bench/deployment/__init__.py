"""The platform as a whole, as users run it: processes of its own on a database of its own."""
