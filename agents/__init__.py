"""The agents: LangGraph nodes that turn conversations into topics and FAQ entries."""
