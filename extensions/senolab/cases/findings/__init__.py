"""What there is to find in a breast: masses, calcifications, distortion, asymmetry, nodes."""
