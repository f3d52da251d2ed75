"""The live Discord ingester: reads a guild over REST with a bot's token, and takes in live events."""
