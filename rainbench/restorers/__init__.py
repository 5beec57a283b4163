"""From a method to restored images: settings, weights, programs, tiles."""
