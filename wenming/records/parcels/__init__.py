"""数据包: one sealed file that carries problems from the county to a town, and the town's answers back, for offices
whose machines share no network. Stands on `cases` and on the lists of `journals`."""
