"""What those who run a deployment watch: figures, traces, and whether it is set up as it should be.  It only reads."""
