//! How many keyframes a file has: asked once for each file, and forgotten with it.

use super::*;
use crate::catalog::FinishedFile;

async fn wanting(catalog: &Subject) -> Vec<FinishedFile> {
    catalog.files_without_keyframes(10).await.unwrap()
}

async fn number(catalog: &Subject, session: &str, revision: u32) -> Option<u32> {
    catalog.keyframes(ProjectId(1), &session.parse().unwrap(), revision).await.unwrap()
}

pub(in crate::catalog) async fn keyframes_are_asked_for_once_for_each_file(catalog: Subject) {
    flush(&catalog, "live/1", 1000, &["a", "b"]).await;
    assert_eq!(wanting(&catalog).await, []);
    finish(&catalog, "a", 1, 1000, vec![place("live/1", 0)]).await;
    finish(&catalog, "b", 1, 1000, vec![place("live/1", 1)]).await;
    let files = wanting(&catalog).await;
    let sessions: Vec<&str> = files.iter().map(|file| file.session.as_str()).collect();
    assert_eq!(sessions, ["b", "a"], "the newest first");
    assert_eq!(number(&catalog, "a", 1).await, None);
    for file in files.clone() {
        catalog.put_keyframes(file, Some(3)).await.unwrap();
    }
    assert_eq!((wanting(&catalog).await, number(&catalog, "a", 1).await), (vec![], Some(3)));
    assert_eq!(number(&catalog, "a", 2).await, None, "of no such file");
    catalog.put_keyframes(files[1].clone(), None).await.unwrap();
    assert_eq!((wanting(&catalog).await, number(&catalog, "a", 1).await), (vec![files[1].clone()], None));

    // Another file: what is known of the one before it is not of it.
    flush(&catalog, "live/2", 2000, &["b"]).await;
    finish(&catalog, "b", 2, 2000, vec![place("live/2", 0)]).await;
    assert_eq!((wanting(&catalog).await.len(), number(&catalog, "b", 1).await), (2, None));
    catalog.put_keyframes(files[0].clone(), Some(9)).await.unwrap();
    assert_eq!(number(&catalog, "b", 2).await, None, "what comes late is not taken");

    let _ = catalog.delete_recording(ProjectId(1), &"a".parse().unwrap()).await.unwrap();
    assert_eq!(wanting(&catalog).await.len(), 1);
}
