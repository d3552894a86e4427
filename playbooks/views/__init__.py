"""The pages of playbooks: reading them, writing them, and doing their checklists."""
