"""How somebody proves who they are: counting failures, phone codes, one-time passwords, single sign-on. No requests, no pages."""
