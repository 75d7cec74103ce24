# The page's sample requires this gem and uses nothing of it.
