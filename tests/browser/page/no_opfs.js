StorageManager.prototype.getDirectory = async () => {
  throw new DOMException('Security error when calling GetDirectory', 'SecurityError');
};
