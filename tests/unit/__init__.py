"""Tests of single modules, by area."""
