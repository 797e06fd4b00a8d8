"""Snowflake: an emulator over the wire, or an account where one is named."""
