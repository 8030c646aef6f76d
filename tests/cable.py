"""The lab's cable, for tests."""

from comparison.lab.cable import Cable as Cable
