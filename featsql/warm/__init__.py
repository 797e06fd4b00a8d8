"""The warm start: what an earlier compile wrote, kept by content, so that only what changed is compiled again."""
