-- Orders that forgave what had failed until they were answered. They are written with the answer.
CREATE TABLE forgiven (
    order_id INTEGER PRIMARY KEY REFERENCES orders (id)
) STRICT;

CREATE TRIGGER forgiven_is_by_an_answer AFTER INSERT ON forgiven
WHEN NOT EXISTS (SELECT 1 FROM orders WHERE id = NEW.order_id AND kind = 'resume' AND accepted = 1)
BEGIN SELECT RAISE (ROLLBACK, 'a resume forgives once it is accepted'); END;

CREATE TRIGGER forgiven_never_changes AFTER UPDATE ON forgiven
BEGIN SELECT RAISE (ROLLBACK, 'what was forgiven stays so'); END;

CREATE TRIGGER forgiven_stays AFTER DELETE ON forgiven
BEGIN SELECT RAISE (ROLLBACK, 'what was forgiven stays so'); END;

-- Until now the sentence alone said it.
INSERT INTO forgiven (order_id)
SELECT id FROM orders
WHERE kind = 'resume' AND accepted = 1 AND answer LIKE '%; what failed until now is forgiven';
