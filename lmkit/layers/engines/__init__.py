"""One loop over time for each backend, with a gradient of our own."""
