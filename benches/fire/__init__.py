"""What a stand-in is put under, and how it is watched. Only what Python brings along, and only this machine."""
