"""What a method costs: parameters, operations, time and memory, and the machine it took."""
