"""Parts of the deploy tool: the case, the rules that weigh each deployment, what a person reads."""
