"""Timings. None of them passes or fails: seconds belong to a machine, so they are printed beside something measured with them."""
