"""What every shop's connector shares: calls with their faults sorted, and values read with doubt.

A shop's answer is data of somebody else: whatever is missing or of another kind stays unknown.
"""
