"""What all resources share: access, transactions, problem details, versions, paging."""
