"""What pages need to be kept and doors to be guarded: no content."""
