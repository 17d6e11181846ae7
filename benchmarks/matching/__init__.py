"""Quality of matching: people written twice, found again by the product's own terms and grades."""
