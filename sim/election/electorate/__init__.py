"""Who is entitled to vote, and where: regions, registered voters, polling stations."""
