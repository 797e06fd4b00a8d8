"""How long a cold `featsql compile` of a large project takes, stage by stage."""
