"""The stages as Ray Serve deployments: the plan, the replica, and how it is deployed and run."""
