"""From a method to restored images: settings, weights, engines, programs, tiles."""
